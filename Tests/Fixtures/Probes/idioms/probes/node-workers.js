// Worker threads run, and send their results.
const { Worker, isMainThread, parentPort, workerData } = require("worker_threads");
if (isMainThread) {
    const all = [1, 2, 3, 4].map((n) => new Promise((done) => new Worker(__filename, { workerData: n }).on("message", done)));
    Promise.all(all).then((found) => { console.log(found.join(" ")); console.log("ok"); });
} else parentPort.postMessage(workerData * workerData);
