// fs.watchFile, which looks again and again, sees an edit of the same size.
const fs = require("fs");
fs.writeFileSync("f", "one");
fs.watchFile("f", { interval: 100 }, (now, before) => {
    if (now.mtimeMs <= before.mtimeMs) console.log(`bad: ${now.mtimeMs} after ${before.mtimeMs}`);
    fs.unwatchFile("f");
    console.log("ok");
});
setTimeout(() => fs.writeFileSync("f", "two"), 400);
