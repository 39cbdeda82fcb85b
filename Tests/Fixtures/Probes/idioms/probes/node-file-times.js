// The age of a file by Date.now() - mtimeMs is never negative, utimes sets times, and copyFile and rename treat them as cp and mv do.
const fs = require("fs");
for (let i = 0; i < 50; i++) {
    fs.writeFileSync(`f${i}`, "x".repeat(i));
    // Date.now() has no fractions.
    const age = Date.now() + 1 - fs.statSync(`f${i}`).mtimeMs;
    if (age < 0 || age > 5000) console.log(`bad: age ${age}`);
}
fs.utimesSync("f1", 1000, 2000.5);
console.log(fs.statSync("f1").atimeMs, fs.statSync("f1").mtimeMs);
fs.renameSync("f1", "g");
console.log(fs.statSync("g").mtime.toISOString());
fs.copyFileSync("g", "h");
if (fs.statSync("h").mtimeMs < 1e9) console.log("bad: a copy with the old time");
console.log("ok");
