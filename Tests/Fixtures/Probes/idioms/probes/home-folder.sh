# HOME is a folder that can be written to, and ~ is it.
[ -d "$HOME" ] || echo "bad: no $HOME"
echo >~/idiom && rm ~/idiom || echo "bad: not writable"
[ "$(python3 -c 'import os; print(os.path.expanduser("~"))')" = "$HOME" ] || echo "bad: expanduser"
echo ok
