"""A client on the first generation of the Python SDK: python client_1.py URL | python client_1.py PROGRAM ARGUMENT…"""

import asyncio
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamablehttp_client


async def talk(read, write):
    async with ClientSession(read, write) as session:
        await session.initialize()
        tools = (await session.list_tools()).tools
        assert any(tool.name == "echo" for tool in tools), tools
        result = await session.call_tool("echo", {"text": "hello"})
        assert result.content[0].text == "hello", result
        told = []

        async def hear(progress, total, message):
            told.append(progress)

        result = await session.call_tool("count", {"to": 5}, progress_callback=hear)
        assert not result.isError and told and told == sorted(told), (result, told)
        read_back = await session.read_resource("test://static-text")
        assert read_back.contents[0].text, read_back
        prompts = (await session.list_prompts()).prompts
        assert prompts, prompts
        failed = await session.call_tool("test_error_handling", {})
        assert failed.isError, failed


async def main():
    arguments = sys.argv[1:]
    if arguments[0].startswith("http"):
        async with streamablehttp_client(arguments[0]) as (read, write, _):
            await talk(read, write)
    else:
        parameters = StdioServerParameters(command=arguments[0], args=arguments[1:])
        async with stdio_client(parameters) as (read, write):
            await talk(read, write)


asyncio.run(asyncio.wait_for(main(), 30))
