import Glibc

do {
    let bench = try Bench()
    try bench.prepare()
    let rows =
        section("the program's start", bench.programStart)
        + section("sandbox start to exit", bench.sandbox)
        + section("belljar-init start-up", bench.initStartup)
        + section("trivial builds", bench.builds)
        + section("hashing", bench.hashing)
        + section("toolchain images", bench.images)
        + section("memory", bench.memory)
    print(render(rows))
} catch {
    say("\(error)")
    exit(1)
}
