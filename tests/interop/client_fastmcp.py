"""A client on fastmcp: python client_fastmcp.py URL | python client_fastmcp.py PROGRAM ARGUMENT…"""

import asyncio
import sys

from fastmcp import Client
from fastmcp.client.transports import StdioTransport


async def main():
    arguments = sys.argv[1:]
    is_url = arguments[0].startswith("http")
    async with Client(arguments[0] if is_url else StdioTransport(arguments[0], arguments[1:])) as client:
        tools = await client.list_tools()
        assert any(tool.name == "echo" for tool in tools), tools
        result = await client.call_tool("echo", {"text": "hello"})
        assert result.content[0].text == "hello", result
        told = []

        async def hear(progress, total, message):
            told.append(progress)

        await client.call_tool("count", {"to": 5}, progress_handler=hear)
        assert told and told == sorted(told), told
        read_back = await client.read_resource("test://static-text")
        assert read_back[0].text, read_back
        prompts = await client.list_prompts()
        assert prompts, prompts
        failed = await client.call_tool("test_error_handling", {}, raise_on_error=False)
        assert failed.is_error, failed


asyncio.run(asyncio.wait_for(main(), 30))
