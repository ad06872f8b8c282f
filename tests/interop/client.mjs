// A client on one of the SDKs for TypeScript: node client.mjs 1 | 2 URL, node client.mjs 1 | 2 PROGRAM ARGUMENT…
import assert from "node:assert";

const [generation, first, ...rest] = process.argv.slice(2);
const from = async (...names) => Object.assign({}, ...(await Promise.all(names.map((name) => import(name)))));
const { Client, StdioClientTransport, StreamableHTTPClientTransport } =
  generation === "1"
    ? await from(
        "@modelcontextprotocol/sdk/client/index.js",
        "@modelcontextprotocol/sdk/client/stdio.js",
        "@modelcontextprotocol/sdk/client/streamableHttp.js",
      )
    : await from("@modelcontextprotocol/client", "@modelcontextprotocol/client/stdio");

const transport = first.startsWith("http")
  ? new StreamableHTTPClientTransport(new URL(first))
  : new StdioClientTransport({ command: first, args: rest });
const client = new Client({ name: "interop", version: "1.0.0" });
await client.connect(transport);
// The first generation takes a schema of the result in between.
const call = (params, options) =>
  generation === "1" ? client.callTool(params, undefined, options) : client.callTool(params, options);
const { tools } = await client.listTools();
assert(tools.some((tool) => tool.name === "echo"));
const echo = await call({ name: "echo", arguments: { text: "hello" } });
assert.equal(echo.content[0].text, "hello");
const told = [];
await call({ name: "count", arguments: { to: 5 } }, { onprogress: ({ progress }) => told.push(progress) });
assert(told.length > 0);
const read = await client.readResource({ uri: "test://static-text" });
assert(read.contents[0].text.length > 0);
const failed = await call({ name: "test_error_handling", arguments: {} });
assert(failed.isError);
await client.close();
