# uuidgen -t and Python's uuid1, which are made of the time, are all different.
for i in 1 2 3 4 5; do uuidgen -t; done >all
python3 -c 'import uuid; [print(uuid.uuid1()) for i in range(5)]' >>all
python3 -c 'import uuid; [print(uuid.uuid1()) for i in range(5)]' >>all
[ "$(sort -u all | wc -l)" -eq 15 ] || echo "bad: $(sort -u all | wc -l) of 15"
echo ok
