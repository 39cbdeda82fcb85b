"""Encodes directories, commands and actions with the Python stubs of PyPI's buildgrid: an implementation of the
Remote Execution API's messages that shares nothing with ours.

The golden file beside this script was made with buildgrid 0.4.4 by:

    pip install --target /tmp/buildgrid buildgrid
    PYTHONPATH=/tmp/buildgrid python3 make.py > remote-execution.json
"""

import hashlib
import json
import random

from buildgrid._protos.build.bazel.remote.execution.v2 import remote_execution_pb2 as api

random.seed(2)


def digest_of(data):
    return hashlib.sha256(data).hexdigest()


def encoded(message):
    data = message.SerializeToString(deterministic=True)
    return {"hex": data.hex(), "digest": digest_of(data), "size": len(data)}


def some_digest(size=None):
    return {"hash": digest_of(random.randbytes(8)), "size": random.choice([0, 1, 127, 128, 16384, 5_000_000_000]) if size is None else size}


def name():
    alphabet = random.choice(["abc.-_", "äß€😀é", "AaZz09", "+~ \n\t"])
    return "".join(random.choice(alphabet) for _ in range(random.randint(1, 12))) + str(random.randint(0, 10**6))


def directory(files, directories, symlinks):
    message = api.Directory()
    key = lambda node: node["name"].encode()
    for node in sorted(files, key=key):
        message.files.add(name=node["name"], is_executable=node["executable"],
                          digest=api.Digest(hash=node["hash"], size_bytes=node["size"]))
    for node in sorted(directories, key=key):
        message.directories.add(name=node["name"], digest=api.Digest(hash=node["hash"], size_bytes=node["size"]))
    for node in sorted(symlinks, key=key):
        message.symlinks.add(name=node["name"], target=node["target"])
    return {"files": files, "directories": directories, "symlinks": symlinks} | encoded(message)


def random_directory():
    names = list(dict.fromkeys(name() for _ in range(random.randint(0, 12))))
    kinds = [random.choice(["file", "directory", "symlink"]) for _ in names]
    pairs = list(zip(names, kinds))
    return directory(
        [{"name": n, "executable": random.random() < 0.5} | some_digest() for n, k in pairs if k == "file"],
        [{"name": n} | some_digest() for n, k in pairs if k == "directory"],
        [{"name": n, "target": random.choice(["../", "/", ""]) + name()} for n, k in pairs if k == "symlink"])


def platform(properties):
    return api.Platform(properties=[api.Platform.Property(name=n, value=v) for n, v in sorted(
        properties, key=lambda p: (p[0].encode(), p[1].encode()))])


def command(arguments, environment, outputs, folder, properties):
    message = api.Command(arguments=arguments, working_directory=folder)
    for key in sorted(environment, key=str.encode):
        message.environment_variables.add(name=key, value=environment[key])
    message.output_paths.extend(sorted(outputs, key=str.encode))
    if properties:
        message.platform.CopyFrom(platform(properties))
    return {"arguments": arguments, "environment": environment, "outputs": outputs, "folder": folder,
            "platform": properties} | encoded(message)


def action(timeout, do_not_cache, salt, properties):
    command_digest, root = some_digest(), some_digest()
    message = api.Action(
        command_digest=api.Digest(hash=command_digest["hash"], size_bytes=command_digest["size"]),
        input_root_digest=api.Digest(hash=root["hash"], size_bytes=root["size"]),
        do_not_cache=do_not_cache, salt=bytes(salt))
    if timeout is not None:
        message.timeout.seconds = timeout
        message.timeout.SetInParent()
    if properties:
        message.platform.CopyFrom(platform(properties))
    return {"command": command_digest, "root": root, "timeout": timeout, "doNotCache": do_not_cache, "salt": salt,
            "platform": properties} | encoded(message)


hello = {"name": "hello.txt", "executable": False, "hash": digest_of(b"hello\n"), "size": 6}
properties = [["belljar-sandbox", "strict/1"], ["arch", "x86_64"], ["arch", "amd64"], ["empty", ""]]
print(json.dumps({
    "directories": [
        directory([], [], []),
        directory([hello], [], []),
        directory([hello | {"executable": True}], [], []),
        # A target that reads as a Digest message.
        directory([], [], [{"name": "link", "target": "\n@" + digest_of(b"") + "\x10\x01"}]),
    ] + [random_directory() for _ in range(40)],
    "commands": [
        command([], {}, [], "", []),
        command(["/bin/sh", "-e", "-u", "-c", "make\n", ""], {"PATH": "/bin", "A": "", "Ä": "1", "Z": "ß"},
                ["out/b", "out/a", "."], "build", properties),
    ],
    "actions": [
        action(None, False, [], []),
        action(3600, True, [0, 255, 1], properties),
        action(0, False, [1], []),
    ],
}, indent=1, ensure_ascii=True, sort_keys=True))
