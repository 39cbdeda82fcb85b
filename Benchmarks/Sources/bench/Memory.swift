import Glibc

extension Bench {
    /// Peak resident memory of every process of belljar's own while it builds hello and while it imports a large tree.
    /// The processes of the build itself (a compiler, say) are not ours and are not counted.
    func memory() throws -> [Row] {
        try belljar("toolchain", "build", "--quiet", "debian-12-c").succeed()
        let hello = try peak(of: belljar("build", "--quiet", "hello"))
        try makeLargeTree()
        let tree = try peak(of: importTree(store: work + "/memory-store"))
        return [
            Row("peak memory, build hello", Samples([hello]), unit: .megabytes, goal: .atMost(48)),
            Row("peak memory, import of 2 GB", Samples([tree]), unit: .megabytes, goal: .atMost(150)),
        ]
    }

    /// - Parameters:
    ///   - status: how it may end.
    ///   - counts: whether processes of a name count.
    func peak(
        of command: Command, status: Set<Int32> = [0],
        counting counts: @escaping (Substring) -> Bool = { $0.hasPrefix("belljar") }
    ) throws -> Double {
        var kilobytes = 0
        let run = try command.run { pid in kilobytes = max(kilobytes, processTreePeak(pid, counts)) }
        guard status.contains(run.status) else { throw Failure("ended with \(run.status): \(run.output.suffix(300))") }
        guard kilobytes > 0 else { throw Failure("it was over before it could be looked at") }
        return Double(kilobytes) / 1024
    }
}

/// The largest high-water mark (VmHWM, in kilobytes) among those of a process and its descendants that count.
/// A mark never goes down, so looking now and then misses only what a process does in its last moments.
private func processTreePeak(_ root: pid_t, _ counts: (Substring) -> Bool) -> Int {
    var peak = 0
    var pending = [root]
    while let pid = pending.popLast() {
        let status = contents("/proc/\(pid)/status")
        let name = status.prefix { $0 != "\n" }.dropFirst("Name:\t".count)
        if counts(name), let mark = field("VmHWM", of: status) { peak = max(peak, mark) }
        for thread in names(in: "/proc/\(pid)/task") {
            pending += contents("/proc/\(pid)/task/\(thread)/children").split(separator: " ").compactMap { pid_t($0) }
        }
    }
    return peak
}

private func field(_ name: String, of status: String) -> Int? {
    let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    return line?.split { $0 == " " || $0 == "\t" }.dropFirst().first.flatMap { Int($0) }
}

private func contents(_ path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
}

private func names(in folder: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
            $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if !name.hasPrefix(".") { names.append(name) }
    }
    return names
}
