# asyncio.sleep moves time.time(), and wait_for runs out.
import asyncio, time
async def main():
    start = time.time()
    while time.time() < start + 1: await asyncio.sleep(0.2)
    start = time.time()
    try:
        await asyncio.wait_for(asyncio.Event().wait(), timeout=1)
        print("bad: no timeout")
    except asyncio.TimeoutError: pass
    if time.time() - start < 0.999: print("bad:", time.time() - start)
asyncio.run(main())
print("ok")
