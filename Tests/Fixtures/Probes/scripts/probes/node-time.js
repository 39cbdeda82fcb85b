// Times, timers and what is known of the machine.
const os = require("os"), fs = require("fs");
console.log(Date.now(), new Date().toString(), Intl.DateTimeFormat().resolvedOptions().timeZone, new Date().toLocaleString());
console.log(os.hostname(), os.release(), os.version(), os.arch(), os.cpus().length, os.cpus()[0].model, os.cpus()[0].speed, os.totalmem(), os.freemem(), os.loadavg(), os.uptime() < 3600);
console.log(JSON.stringify(os.userInfo()), JSON.stringify(os.networkInterfaces()), os.tmpdir(), os.homedir());
console.log(fs.readdirSync("/build/names").slice(0, 5), JSON.stringify(fs.statSync("/build/names/seed")));
fs.writeFileSync("file", "text"); console.log(JSON.stringify(fs.statSync("file", { bigint: false })));
const begin = process.hrtime.bigint();
setTimeout(() => console.log("timer", process.hrtime.bigint() - begin >= 290000000n ? "ok" : "bad"), 300);
setImmediate(() => console.log("immediate"));
