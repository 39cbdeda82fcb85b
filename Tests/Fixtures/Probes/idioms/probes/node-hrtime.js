// process.hrtime, performance.now, process.uptime and Date.now all see a wait.
const clocks = { hrtime: () => Number(process.hrtime.bigint() / 1000n) / 1000, performance: () => performance.now(), uptime: () => process.uptime() * 1000, date: () => Date.now() };
const begin = Object.fromEntries(Object.entries(clocks).map(([name, read]) => [name, read()]));
setTimeout(() => {
    for (const [name, read] of Object.entries(clocks)) if (read() - begin[name] < 495) console.log(`bad: ${name} ${read() - begin[name]}`);
    console.log("ok");
}, 500);
