// Operations a second by Date.now() and performance.now() are finite and agree.
const { setTimeout: wait } = require("timers/promises");
(async () => {
    const start = Date.now(), begin = performance.now();
    await wait(400);
    const rate = 1000 / (Date.now() - start);
    if (!Number.isFinite(rate) || rate > 2.6) console.log(`bad: rate ${rate}`);
    if (performance.now() - begin < 395) console.log(`bad: performance.now ${performance.now() - begin}`);
    console.log("ok");
})();
