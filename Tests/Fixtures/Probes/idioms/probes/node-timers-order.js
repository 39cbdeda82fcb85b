// Timers of 30, 10 and 20 ms call in that order of their lengths, after nextTick, promises and setImmediate.
const order = [];
setTimeout(() => { order.push(300); console.log(order.join(" ")); console.log("ok"); }, 300);
setTimeout(() => order.push(100), 100);
setTimeout(() => order.push(200), 200);
setImmediate(() => order.push("immediate"));
process.nextTick(() => order.push("tick"));
Promise.resolve().then(() => order.push("promise"));
