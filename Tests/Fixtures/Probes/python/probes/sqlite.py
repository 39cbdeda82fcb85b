"""A database file."""
import hashlib, sqlite3
base = sqlite3.connect("base.sqlite")
base.execute("create table t (id integer primary key, made default current_timestamp, r default (random()), b default (randomblob(8)))")
for _ in range(20): base.execute("insert into t default values")
base.commit()
print(base.execute("select * from t limit 3").fetchall())
base.close()
print(hashlib.sha256(open("base.sqlite", "rb").read()).hexdigest())
