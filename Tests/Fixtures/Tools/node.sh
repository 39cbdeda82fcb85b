# toolchain: debian-12-scripts
# Node.js: worker threads, and the pool that reads files
cat >main.js <<'J'
const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const fs = require('fs');
if (isMainThread) {
  const workers = [1, 2, 3, 4].map(n => new Promise((done, fail) => {
    const worker = new Worker(__filename, { workerData: n });
    worker.on('message', done);
    worker.on('error', fail);
  }));
  Promise.all([Promise.all(workers), fs.promises.readFile('/etc/passwd')]).then(([sums, file]) => {
    process.exit(sums.join() === '1,4,9,16' && file.length > 10 ? 0 : 1);
  });
} else {
  parentPort.postMessage(workerData * workerData);
}
J
node main.js
