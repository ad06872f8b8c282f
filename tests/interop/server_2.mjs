// An echo server on the second generation of the SDK for TypeScript: node server_2.mjs [PORT]
import { createServer } from "node:http";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { McpServer, createMcpHandler } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { z } from "zod";

const make = () => {
  const server = new McpServer({ name: "typescript-2", version: "1.0.0" });
  server.registerTool(
    "echo",
    { description: "Says it back.", inputSchema: z.object({ text: z.string() }) },
    async ({ text }) => ({ content: [{ type: "text", text }] }),
  );
  server.registerResource("today", "notes://today", { description: "What is to be done." }, async (uri) => ({
    contents: [{ uri: uri.href, text: "Buy milk." }],
  }));
  server.registerPrompt(
    "greet",
    { description: "Greets somebody.", argsSchema: z.object({ who: z.string() }) },
    ({ who }) => ({ messages: [{ role: "user", content: { type: "text", text: `Greet ${who}.` } }] }),
  );
  return server;
};

const [port] = process.argv.slice(2);
if (port) {
  createServer(toNodeHandler(createMcpHandler(make))).listen(Number(port), "127.0.0.1");
} else {
  serveStdio(make);
}
