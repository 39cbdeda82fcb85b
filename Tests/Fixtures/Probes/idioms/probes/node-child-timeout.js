// execFileSync and spawnSync with a timeout end what sleeps longer.
const { execFileSync, spawnSync } = require("child_process");
const start = Date.now();
try {
    execFileSync("sleep", ["30"], { timeout: 500 });
    console.log("bad: no timeout");
} catch (error) { console.log(error.code, error.signal); }
const found = spawnSync("sleep", ["30"], { timeout: 500, killSignal: "SIGKILL" });
console.log(found.error.code, found.signal);
if (Date.now() - start < 990) console.log(`bad: ${Date.now() - start} ms`);
console.log("ok");
