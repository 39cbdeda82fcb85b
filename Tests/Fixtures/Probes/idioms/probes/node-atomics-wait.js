// Atomics.wait with a timeout is a sleep, by Date.now().
const word = new Int32Array(new SharedArrayBuffer(4));
const start = Date.now();
console.log(Atomics.wait(word, 0, 0, 400));
if (Date.now() - start < 399) console.log(`bad: ${Date.now() - start} ms`);
console.log("ok");
