// A bundler's kind of work: reads a folder side by side and writes names with hashes, in the order of what was done first.
const fs = require("fs"), zlib = require("zlib"), crypto = require("crypto");
const names = fs.readdirSync("/build/names").slice(0, 50);
Promise.all(names.map((name) => fs.promises.readFile("/build/names/" + name))).then((texts) => {
    const text = Buffer.concat(texts);
    console.log(crypto.createHash("sha256").update(zlib.gzipSync(names.join("\n") + text)).digest("hex"));
});
