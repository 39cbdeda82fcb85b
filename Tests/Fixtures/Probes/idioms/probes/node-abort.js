// AbortSignal.timeout ends a request to a server that says nothing.
const http = require("http");
const server = http.createServer((request, response) => { if (request.url === "/first") response.end("answer"); });
server.listen(0, "127.0.0.1", async () => {
    // What fetch is made of is read when it is used first.
    console.log(await (await fetch(`http://127.0.0.1:${server.address().port}/first`)).text());
    const start = Date.now();
    try {
        await fetch(`http://127.0.0.1:${server.address().port}/`, { signal: AbortSignal.timeout(500) });
        console.log("bad: an answer");
    } catch (error) { console.log(error.name); }
    // Much of that can go into computing, which takes no time in a build.
    if (Date.now() - start < 50) console.log(`bad: after ${Date.now() - start} ms`);
    console.log("ok");
    process.exit();
});
