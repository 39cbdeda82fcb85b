"""Every source of random numbers."""
import os, random, secrets, tempfile, uuid

print(os.urandom(16).hex(), os.getrandom(8).hex(), open("/dev/urandom", "rb").read(8).hex())
print(random.random(), random.SystemRandom().random(), random.sample(range(1000), 5), secrets.token_hex(8))
print(uuid.uuid4(), uuid.uuid4())
print(tempfile.mktemp(), tempfile.mkdtemp(), tempfile.NamedTemporaryFile().name)
