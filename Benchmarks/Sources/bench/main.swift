import Glibc

do {
    let bench = try Bench()
    try bench.prepare()
    let sections: [(name: String, title: String, measure: () throws -> [Row])] = [
        ("start", "the program's start", bench.programStart), ("sandbox", "sandbox start to exit", bench.sandbox),
        ("init", "belljar-init start-up", bench.initStartup), ("builds", "trivial builds", bench.builds),
        ("projects", "large projects", bench.projects), ("recheck", "looks at inputs", bench.recheck),
        ("world", "the virtual world", bench.world), ("hashing", "hashing", bench.hashing),
        ("images", "toolchain images", bench.images), ("memory", "memory", bench.memory),
        ("diff", "differences", bench.differences), ("check", "checks", bench.checks),
    ]
    let wanted = CommandLine.arguments.dropFirst()
    if let unknown = wanted.first(where: { name in !sections.contains { $0.name == name } }) {
        throw Failure("no section \(unknown); there are \(sections.map(\.name).joined(separator: ", "))")
    }
    let chosen = sections.filter { wanted.isEmpty || wanted.contains($0.name) }
    print(render(chosen.flatMap { section($0.title, $0.measure) }))
} catch {
    say("\(error)")
    exit(1)
}
