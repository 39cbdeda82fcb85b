"""The UUID that is made of the time and the network card."""
import uuid
print(uuid.uuid1(), uuid.uuid1(), hex(uuid.getnode()))
