internal import BelljarHost
internal import BelljarKernel
internal import BelljarModel

/// Applies the image rules to a root on disk, and makes everything in it readable to its owner.
struct ImageNormaliser {
    private var emptied: Set<String> = []
    private var removed: Set<String> = []
    private var truncated: Set<String> = []
    private var removedSuffixes: [String: [String]] = [:]
    private var names: Set<String> = []
    private var suffixes: [String] = []

    /// Directories below directories; an image has about 15.
    private static let depthLimit = 128

    init(rules: [ImageRules.Rule] = ImageRules.all.map(\.rule)) {
        for rule in rules {
            switch rule {
            case .empty(let path): emptied.insert(path)
            case .remove(let path): removed.insert(path)
            case .truncate(let path): truncated.insert(path)
            case .removeNamed(let folder, let suffix): removedSuffixes[folder, default: []].append(suffix)
            case .removeEverywhere(let name): names.insert(name)
            case .removeEverywhereEndingWith(let suffix): suffixes.append(suffix)
            }
        }
    }

    func normalise(_ root: borrowing Descriptor) throws(BelljarError) {
        do throws(KernelError) {
            try normalise(root, path: "", depth: 0)
        } catch {
            throw .hostFailure(error, operation: "normalise", subject: "image")
        }
    }

    private func normalise(_ folder: borrowing Descriptor, path: String, depth: Int) throws(KernelError) {
        // What lies deeper stays as it is; taking the image into the store refuses such a tree by path.
        guard depth < Self.depthLimit else { return }
        let endings = suffixes + (removedSuffixes[path] ?? [])
        for entry in try folder.entries() {
            // Names that are no text match no rule; taking the image into the store refuses them by path.
            let name = String(decoding: entry.name, as: UTF8.self)
            let place = path.isEmpty ? name : "\(path)/\(name)"
            if removed.contains(place) || names.contains(name) || endings.contains(where: { name.hasSuffix($0) }) {
                try folder.removeTree(entry.name)
                continue
            }
            let status = try folder.status(of: entry.name)
            switch status.kind {
            case .directory: try normalise(entry.name, in: folder, status: status, path: place, depth: depth)
            case .regular: try normaliseFile(entry.name, in: folder, status: status, path: place)
            default: break
            }
        }
    }

    private func normalise(
        _ name: [UInt8], in folder: borrowing Descriptor, status: FileStatus, path: String, depth: Int
    ) throws(KernelError) {
        if status.permissions & 0o700 != 0o700 { try folder.setPermissions(of: name, status.permissions | 0o700) }
        let opened = try folder.open(name, .directory)
        guard emptied.contains(path) else {
            try normalise(opened, path: path, depth: depth + 1)
            return
        }
        for entry in try opened.entries() { try opened.removeTree(entry.name) }
    }

    private func normaliseFile(
        _ name: [UInt8], in folder: borrowing Descriptor, status: FileStatus, path: String
    ) throws(KernelError) {
        if status.permissions & 0o600 != 0o600 { try folder.setPermissions(of: name, status.permissions | 0o600) }
        if truncated.contains(path) { try folder.open(name, .write).truncate(to: 0) }
    }
}
