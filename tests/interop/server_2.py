"""An echo server on the second generation of the Python SDK."""

from mcp.server.mcpserver import Context, MCPServer

server = MCPServer("python-2")


@server.tool()
def echo(text: str) -> str:
    """Says it back."""
    return text


@server.tool()
async def count(to: int, context: Context) -> str:
    """Counts, and tells how far it is."""
    for number in range(1, to + 1):
        await context.report_progress(number, to)
    return f"counted to {to}"


@server.resource("notes://today")
def today() -> str:
    """What is to be done."""
    return "Buy milk."


@server.prompt()
def greet(who: str) -> str:
    """Greets somebody."""
    return f"Greet {who}."


if __name__ == "__main__":
    server.run()
