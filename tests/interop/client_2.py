"""A client on the second generation of the Python SDK: python client_2.py URL | python client_2.py PROGRAM ARGUMENT…"""

import asyncio
import sys

from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client


async def main():
    arguments = sys.argv[1:]
    if arguments[0].startswith("http"):
        server = arguments[0]
    else:
        server = stdio_client(StdioServerParameters(command=arguments[0], args=arguments[1:]))
    async with Client(server) as client:
        tools = (await client.list_tools()).tools
        assert any(tool.name == "echo" for tool in tools), tools
        result = await client.call_tool("echo", {"text": "hello"})
        assert result.content[0].text == "hello", result
        read_back = await client.read_resource("test://static-text")
        assert read_back.contents[0].text, read_back
        failed = await client.call_tool("test_error_handling", {})
        assert failed.is_error, failed


asyncio.run(asyncio.wait_for(main(), 30))
