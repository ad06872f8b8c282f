"""An echo server on one of the SDKs for Python: python server.py 1 | 2 | fastmcp [PORT]"""

import sys

sdk, *port = sys.argv[1:]
if sdk == "1":
    from mcp.server.fastmcp import Context, FastMCP as Server
elif sdk == "2":
    from mcp.server.mcpserver import Context, MCPServer as Server
else:
    from fastmcp import Context, FastMCP as Server

# The first generation wants to know the port from the beginning.
server = Server(f"python-{sdk}", **({"port": int(port[0])} if port and sdk == "1" else {}))


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
    quiet = {"show_banner": False} if sdk == "fastmcp" else {}
    if not port:
        server.run(**quiet)
    elif sdk == "1":
        server.run("streamable-http")
    else:
        server.run("http" if sdk == "fastmcp" else "streamable-http", port=int(port[0]), **quiet)
