// A setTimeout of a second calls when Date.now() is a second later.
const start = Date.now();
setTimeout(() => {
    const taken = Date.now() - start;
    if (taken < 995) console.log(`bad: ${taken} ms`);
    console.log("ok");
}, 1000);
