// A client on the first generation of the TypeScript SDK: node client_1.mjs URL | node client_1.mjs PROGRAM ARGUMENT…
import assert from "node:assert";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";

const [first, ...rest] = process.argv.slice(2);
const transport = first.startsWith("http")
  ? new StreamableHTTPClientTransport(new URL(first))
  : new StdioClientTransport({ command: first, args: rest });
const client = new Client({ name: "interop", version: "1.0.0" });
await client.connect(transport);
const { tools } = await client.listTools();
assert(tools.some((tool) => tool.name === "echo"));
const echo = await client.callTool({ name: "echo", arguments: { text: "hello" } });
assert.equal(echo.content[0].text, "hello");
const told = [];
await client.callTool({ name: "count", arguments: { to: 5 } }, undefined, {
  onprogress: ({ progress }) => told.push(progress),
});
assert(told.length > 0);
const read = await client.readResource({ uri: "test://static-text" });
assert(read.contents[0].text.length > 0);
const failed = await client.callTool({ name: "test_error_handling", arguments: {} });
assert(failed.isError);
await client.close();
