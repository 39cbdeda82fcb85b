# A mailbox.Maildir sees what another one delivered, under names that are all different.
import mailbox, os, time
one, two = mailbox.Maildir("box"), mailbox.Maildir("box")
keys = [one.add(f"Subject: {i}\n\ntext\n") for i in range(5)]
if len(two) != 5: print("bad:", len(two), "of 5")
time.sleep(2.2)
two.add("Subject: 6\n\ntext\n")
if len(one) != 6: print("bad:", len(one), "of 6")
if len({key.split(":")[0] for key in keys}) != 5: print("bad: a name twice")
print(sorted(message["Subject"] for message in one))
print("ok")
