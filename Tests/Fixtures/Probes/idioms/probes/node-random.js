// crypto.randomUUID, randomBytes and Math.random differ from call to call and from process to process.
const crypto = require("crypto"), { execFileSync } = require("child_process");
if (process.argv[2] === "child") {
    console.log([crypto.randomUUID(), crypto.randomBytes(8).toString("hex"), Math.random()].join("\n"));
} else {
    let found = [crypto.randomUUID(), crypto.randomUUID(), String(Math.random()), String(Math.random())];
    for (let i = 0; i < 3; i++) found.push(...execFileSync(process.execPath, [__filename, "child"]).toString().trim().split("\n"));
    if (new Set(found).size !== 13) console.log(`bad: ${new Set(found).size} of 13`);
    console.log(found.join("\n"));
    console.log("ok");
}
