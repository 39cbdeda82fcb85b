internal import BelljarKernel

/// Where toolchains are looked for: in the project's own folder, then among those that belljar brought along. One of the
/// project's own takes the place of one that came along under its name.
package struct ToolchainFolders: Sendable {
    /// `Toolchains` of the project, an absolute path; nil outside of one.
    package var own: String?
    /// What is installed beside the program, an absolute path; nil if nothing is.
    package var shipped: String?

    package init(own: String?, shipped: String? = nil) {
        self.own = own
        self.shipped = shipped
    }

    /// In the order in which they are looked at.
    package var all: [String] { [own, shipped].compactMap(\.self) }

    /// Which of the folders has a toolchain; the project's if none has. A folder that cannot be looked into has it as well:
    /// reading it will tell why.
    ///
    /// - Precondition: there is a folder.
    package func folder(of name: String) -> String {
        all.first { Self.has(name, in: $0) } ?? all[0]
    }

    /// Whether a folder has a toolchain of that name, whatever its files say.
    package static func has(_ name: String, in folder: String) -> Bool {
        do throws(KernelError) {
            return try Descriptor.workingDirectory.statusIfPresent(of: "\(folder)/\(name)/\(ToolchainFiles.specName)")
                != nil
        } catch { return true }
    }
}
