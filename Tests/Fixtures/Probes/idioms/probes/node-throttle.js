// A throttled function is called at most once for each 200 ms by Date.now(), and at least twice in a second.
let last = 0, calls = 0, ticks = 0;
const throttled = () => { const now = Date.now(); if (now - last >= 200) { last = now; calls++; } };
const timer = setInterval(() => {
    throttled();
    if (++ticks < 20) return;
    clearInterval(timer);
    if (calls < 2 || calls > 20) console.log(`bad: ${calls} calls`);
    console.log("ok");
}, 50);
