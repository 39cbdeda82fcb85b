// A setInterval that waits for Date.now() to have moved a second is cleared.
const start = Date.now();
const timer = setInterval(() => {
    if (Date.now() - start < 1000) return;
    clearInterval(timer);
    console.log("ok");
}, 100);
