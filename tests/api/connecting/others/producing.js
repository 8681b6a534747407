// CloudEvents as npm's cloudevents writes them: a line of JSON for each, {headers, body}.
import { CloudEvent, HTTP } from "cloudevents";
import { createInterface } from "node:readline";

const told = (message) => console.log(JSON.stringify({ headers: message.headers, body: message.body }));

for await (const line of createInterface({ input: process.stdin })) {
  const { mode, events } = JSON.parse(line);
  const made = events.map((event) => new CloudEvent(event));
  if (mode === "batch") {
    told({ headers: { "content-type": "application/cloudevents-batch+json; charset=utf-8" }, body: JSON.stringify(made) });
  } else {
    for (const event of made) told(HTTP[mode](event));
  }
}
