// Receives webhooks as a catalogue would: it believes what npm's standardwebhooks believes.
//
// Its first argument is a folder, with a file "plan.json": {"secret": …, "statuses": […]}, read at
// each request. A request whose signature is wrong is answered 401; any other by the next of the
// statuses, the last one for ever; 0 is no answer. Each line it prints is what it received, as JSON.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { Webhook } from "standardwebhooks";

const folder = process.argv[2];
let taken = 0;

function judge(body, headers) {
  const plan = JSON.parse(readFileSync(join(folder, "plan.json"), "utf8"));
  try {
    const event = new Webhook(plan.secret).verify(body, headers);
    const status = plan.statuses[Math.min(taken, plan.statuses.length - 1)];
    taken += 1;
    return { status, event, refusal: "" };
  } catch (error) {
    return { status: 401, event: null, refusal: error.message };
  }
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks).toString("utf8");
    const verdict = judge(body, request.headers);
    console.log(JSON.stringify({ ...verdict, body, headers: request.headers }));
    if (verdict.status > 0) response.writeHead(verdict.status).end(verdict.refusal);
  });
});

server.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/hooks` }));
});
