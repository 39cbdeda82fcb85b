# python3 -m venv makes an environment that runs.
python3 -m venv --without-pip venv
. venv/bin/activate
python -c 'import sys; print(sys.prefix != sys.base_prefix)'
[ "$(command -v python)" = "$PWD/venv/bin/python" ] || echo "bad: $(command -v python)"
echo ok
