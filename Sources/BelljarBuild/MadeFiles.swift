internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel

/// What a build left in `/build` besides its sources, as far as it looks like a result.
struct MadeFiles {
    /// What comes of steps in between, by the ends of names.
    private static let inBetween = [
        ".d", ".dep", ".deps", ".log", ".o", ".obj", ".tmp", ".lo", ".la", ".gch", ".pch", ".ninja",
    ]
    /// Folders of tools, by their names or the ends of those.
    private static let toolFolders = [".p", ".dir"]
    private static let toolNames: Set = [
        "CMakeFiles", "autom4te.cache", "node_modules", "__pycache__", "incremental", "deps",
    ]
    private static let toolFiles: Set = ["config.status", "configure", "libtool"]
    private static let archives = [".jar", ".war", ".whl", ".deb", ".gem", ".tar.gz", ".tgz", ".tar.xz", ".zip", ".a"]
    /// So many entries are looked at; more levels of folders are not.
    private static let (entries, depth) = (200_000, 40)

    /// Relative to `/build`, in the form of `PathText`, sorted: programs, libraries and archives; of a build that makes none of
    /// these, all files.
    let products: [String]

    /// - Parameter sources: absolute path of a folder with what was in `/build` before.
    init(in build: borrowing Descriptor, besides sources: String) throws(BelljarError) {
        var walk = Walk(sources: sources)
        do throws(KernelError) {
            try walk.take(build, "", 0)
        } catch {
            throw .hostFailure(error, operation: "look at", subject: "/build")
        }
        products = (walk.results.isEmpty ? walk.others : walk.results).sorted()
    }

    private struct Walk {
        let sources: String
        var results: [String] = []
        var others: [String] = []
        var seen = 0

        mutating func take(_ folder: borrowing Descriptor, _ path: String, _ level: Int) throws(KernelError) {
            guard level < depth else { return }
            for entry in try folder.entries() {
                let name = PathText.text(entry.name)
                seen += 1
                guard seen < entries, !name.hasPrefix("."), !toolFiles.contains(name) else { continue }
                switch try folder.statusIfPresent(of: entry.name)?.kind {
                case .directory:
                    guard !toolNames.contains(name), !toolFolders.contains(where: name.hasSuffix) else { continue }
                    try take(try folder.open(entry.name, .directory), path + name + "/", level + 1)
                case .regular:
                    let before = PathText.raw("\(sources)/\(path)\(name)")
                    if try Descriptor.workingDirectory.statusIfPresent(of: before) == nil {
                        try note(try folder.open(entry.name), name, path)
                    }
                default: break
                }
            }
        }

        private mutating func note(_ file: borrowing Descriptor, _ name: String, _ path: String) throws(KernelError) {
            let isRunnable = try file.status().permissions & 0o100 != 0
            let head = try file.readSome(atMost: 20)
            // elf(5): e_type is two bytes at 16; 1 is an object file, which somebody links.
            let isElf = head.starts(with: [0x7f] + Array("ELF".utf8)) && head.count >= 18
            if isElf ? head[16] == 1 : inBetween.contains(where: name.hasSuffix) { return }
            let isProgram = isElf || (isRunnable && head.starts(with: "#!".utf8))
            if isProgram || archives.contains(where: name.hasSuffix) {
                results.append(path + name)
            } else {
                others.append(path + name)
            }
        }
    }
}
