# filecmp.cmp, which remembers what it compared by size and time, sees an edit of the same size.
import filecmp, time
def write(name, text):
    with open(name, "w") as file: file.write(text)
write("a", "one"), write("b", "one")
print(filecmp.cmp("a", "b"))
time.sleep(0.1)
write("b", "two")
print(filecmp.cmp("a", "b"))
if filecmp.cmp("a", "b"): print("bad: not seen")
print("ok")
