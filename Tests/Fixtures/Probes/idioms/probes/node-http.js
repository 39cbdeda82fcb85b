// http.createServer on localhost answers fetch.
const http = require("http");
const server = http.createServer((request, response) => response.end(`got ${request.url}`));
server.listen(0, "localhost", async () => {
    const answer = await fetch(`http://localhost:${server.address().port}/path`);
    console.log(await answer.text());
    server.close();
    server.closeAllConnections();
    console.log("ok");
});
