// Random numbers of every kind.
const crypto = require("crypto");
console.log(Math.random(), Math.random(), crypto.randomUUID(), crypto.randomBytes(8).toString("hex"), crypto.randomInt(1000000));
console.log(crypto.webcrypto.getRandomValues(new Uint8Array(8)).join(" "));
console.log([1, 2, 3, 4, 5, 6, 7, 8].sort(() => Math.random() - 0.5).join(" "));
