# asyncio.gather of sleeps is done after the longest, and call_later calls in order.
import asyncio, time
async def main():
    start, order = time.time(), []
    async def work(delay):
        await asyncio.sleep(delay)
        order.append(delay)
    asyncio.get_running_loop().call_later(0.5, order.append, "called")
    await asyncio.gather(work(1.0), work(0.25), work(0.75))
    print(order)
    if order != [0.25, "called", 0.75, 1.0]: print("bad: order")
    if not 0.999 <= time.time() - start: print("bad:", time.time() - start)
    process = await asyncio.create_subprocess_exec("sleep", "0.5")
    begin = time.time()
    await process.wait()
    if time.time() == start: print("bad: stands still")
asyncio.run(main())
print("ok")
