internal import BelljarHost
internal import BelljarKernel
package import BelljarModel
internal import BelljarRecipe

extension ToolchainFiles {
    /// Writes the `toolchain.yaml` of a new toolchain.
    ///
    /// - Parameter comment: what it is for, in lines.
    /// - Throws: `usage` if there is one of that name, or a name cannot be one.
    package func make(_ name: String, _ packages: DebianPackages, comment: [String] = []) throws(BelljarError) {
        let text = try ToolchainText.new(name: name, packages, schema: try schemaOfSpecs(), comment: comment)
        guard try !ownNames().contains(name) else {
            throw BelljarError(
                .usage, operation: "write toolchain", subject: name,
                answer: "there is already a toolchain of that name",
                remedy: "choose another name, or add packages to it: belljar toolchain add \(name) PACKAGE...")
        }
        try write(text, as: Self.specName, of: name)
    }

    /// Adds packages to a `toolchain.yaml`; those that it has are passed over.
    package func add(_ packages: [String], to name: String) throws(BelljarError) {
        _ = try spec(name)
        try requireOwn(name)
        let path = path(name, Self.specName)
        guard let changed = try ToolchainText.adding(packages, to: try specText(name), file: path) else { return }
        try write(changed, as: Self.specName, of: name)
    }

    /// Does something with a `toolchain.yaml` that was written or changed just now, and takes that back if it fails: who
    /// misspelt a package can repeat the command.
    package func takingBack<Result>(
        _ name: String, _ change: () throws(BelljarError) -> Void, doing body: () throws(BelljarError) -> Result
    ) throws(BelljarError) -> Result {
        let before = try ownNames().contains(name) ? specText(name) : nil
        try change()
        do throws(BelljarError) { return try body() } catch {
            // Also where the reason is that this process is to end.
            try EndWish.cleaningUp { () throws(BelljarError) in
                if let before { try write(before, as: Self.specName, of: name) } else { try remove(name) }
            }
            throw error
        }
    }

    /// Removes what was written of a toolchain, and its folder if nothing else is in it.
    private func remove(_ name: String) throws(BelljarError) {
        let folder = try own
        for file in [Self.specName, Self.lockName].map({ "\(folder)/\(name)/\($0)" }) {
            try hostCall("remove", file) { () throws(KernelError) in
                guard try Descriptor.workingDirectory.statusIfPresent(of: file) != nil else { return }
                try Descriptor.workingDirectory.unlink(file)
            }
        }
        try? Descriptor.workingDirectory.removeDirectory("\(folder)/\(name)")
        try? Descriptor.workingDirectory.removeDirectory(folder)
    }
}
