internal import BelljarKernel
internal import BelljarModel
internal import BelljarRecipe
internal import BelljarStore
internal import BelljarToolchain
internal import Synchronization

/// The toolchains of builds: which lock a name stands for, and the image that a lock stands for.
final class ToolchainImages: Sendable {
    /// A toolchain's lock, as far as a definition needs it.
    struct Choice: Sendable {
        var toolchain: BuildRecord.Toolchain
        var lockText: String
    }

    private let folders: ToolchainFolders
    private let store: Store
    private let toolchains: Once<Toolchains>
    /// Whether what was found out about locks is kept for the next command.
    private let remembers: Bool
    /// One maker per lock, so that two recipes that start together build an image once.
    private let images = Mutex<[Digest: Once<TreeDigest>]>([:])

    private static let memoKind = "toolchain-checked"
    private static let imageKind = "toolchain-image-\(Toolchains.imageFormat)"
    private static let textLimit = 16 << 20

    init(folders: ToolchainFolders, store: Store, toolchains: Once<Toolchains>, remembers: Bool = true) {
        self.remembers = remembers
        self.folders = folders
        self.store = store
        self.toolchains = toolchains
    }

    /// What a toolchain's lock says. A pair of lock and yaml that was found to belong together is remembered by their
    /// bytes, because parsing a lock of a hundred packages takes longer than all else that a cached build does.
    func choose(_ name: String) throws(BelljarError) -> Choice {
        if let texts = read(name) {
            let lock = Digest(of: texts.lock)
            let key = Digest(of: lock.bytes + Digest(of: texts.spec).bytes).hex
            if let image = try store.memo(kind: Self.memoKind, key: key) {
                return choice(name, texts.lock, lock, image)
            }
            let checked = try toolchains().lock(name)
            guard checked.text == texts.lock else { return try choose(name) }
            // A memory is of something in the store; a first build has nothing to remember yet.
            if remembers, try store.holds(checked.lock.image) {
                try store.setMemo(kind: Self.memoKind, key: key, tree: checked.lock.image)
            }
            return choice(name, texts.lock, lock, checked.lock.image)
        }
        // Not both files are there: whoever knows what belongs where says what is missing.
        let checked = try toolchains().lock(name)
        return choice(name, checked.text, Digest(of: checked.text), checked.lock.image)
    }

    private func choice(_ name: String, _ text: [UInt8], _ lock: Digest, _ image: TreeDigest) -> Choice {
        Choice(
            toolchain: .init(name: name, lock: lock, image: image), lockText: String(decoding: text, as: UTF8.self))
    }

    private func read(_ name: String) -> (lock: [UInt8], spec: [UInt8])? {
        for folder in folders.all {
            if let texts = Self.read(name, in: folder) { return texts }
            if ToolchainFolders.has(name, in: folder) { return nil }
        }
        return nil
    }

    private static func read(_ name: String, in folder: String) -> (lock: [UInt8], spec: [UInt8])? {
        let path = folder + "/" + name
        do throws(KernelError) {
            let directory = try Descriptor.workingDirectory.open(path, [.directory, .followingLinks])
            let lock = try directory.open("toolchain.lock.yaml").readAll(limit: textLimit)
            let spec = try directory.open("toolchain.yaml").readAll(limit: textLimit)
            return (lock, spec)
        } catch {
            return nil
        }
    }

    /// The image of a lock, from the store or built now.
    ///
    /// - Parameter remedy: what can be done about a lock that stands in a record; nil for one of the project's.
    func image(
        _ toolchain: BuildRecord.Toolchain, lockText: String, recordedBy remedy: String? = nil
    ) throws(BelljarError) -> TreeDigest {
        let (toolchains, store) = (self.toolchains, self.store)
        let once = images.withLock { images in
            if let known = images[toolchain.lock] { return known }
            let made = Once { () throws(BelljarError) -> TreeDigest in
                if try Self.isKnown(toolchain, store) { return toolchain.image }
                let text = Array(lockText.utf8)
                let lock = try Self.lock(text, of: toolchain, recordedBy: remedy)
                let image = try toolchains().image(lock, lockText: text, recordedBy: remedy)
                try store.setMemo(kind: Self.imageKind, key: toolchain.lock.hex, tree: image)
                return image
            }
            images[toolchain.lock] = made
            return made
        }
        let image = try once()
        guard image == toolchain.image else {
            throw BelljarError(
                .integrity, operation: "use toolchain", subject: toolchain.name,
                answer: "its lock gives another image: " + toolchain.image.words(against: image),
                remedy: RecordDecoder.remedy)
        }
        return image
    }

    /// What has to be fetched before the image can be made.
    func missing(for choice: Choice) throws(BelljarError) -> [Pin] {
        let lock = try Self.lock(Array(choice.lockText.utf8), of: choice.toolchain, recordedBy: nil)
        var missing: [Pin] = []
        for pin in lock.pins where try !store.contains(pin.sha256) { missing.append(pin) }
        return missing
    }

    /// Whether the store has what a lock was found to give, by the image format of this version; to parse a long lock takes a
    /// tenth of what `run` does.
    private static func isKnown(_ toolchain: BuildRecord.Toolchain, _ store: Store) throws(BelljarError) -> Bool {
        guard try store.memo(kind: imageKind, key: toolchain.lock.hex) == toolchain.image else { return false }
        // The name that keeps the image counts as used.
        return try store.toolchainImage(lock: toolchain.lock) == toolchain.image
    }

    private static func lock(
        _ text: [UInt8], of toolchain: BuildRecord.Toolchain, recordedBy remedy: String?
    ) throws(BelljarError) -> ToolchainLock {
        guard let remedy else {
            return try ToolchainDecoder.lock(text, file: "\(toolchain.name)/toolchain.lock.yaml")
        }
        do throws(BelljarError) {
            return try ToolchainDecoder.lock(text, file: "the record's lock of \(toolchain.name)")
        } catch {
            var error = error
            error.remedy = remedy
            throw error
        }
    }
}
