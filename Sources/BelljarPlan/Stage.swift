/// The stages of a sandbox's life, in the order in which they happen. An error names the stage it came from.
package enum Stage: UInt8, Hashable, Sendable, CaseIterable {
    case readPlan
    case joinGroup
    case inheritance
    case dropPrivileges
    case userNamespace
    case mountNamespace
    case mapIdentity
    case detachProgram
    case otherNamespaces
    case timeNamespace
    case startFirstProcess
    case hostName
    case openSources
    case mountScratch
    case mountRoot
    case mountDevices
    case checkDevices
    case mountProc
    case checkSettings
    case raiseLoopback
    case limitProcesses
    case mountBuild
    case copySources
    case mountBinds
    case mountSecrets
    case sealRoot
    case enterRoot
    case hardenFirstProcess
    case tryCalls
    case makeTerminal
    case startCommand
    case reachCommand
    case commandSession
    case commandLimits
    case commandDescriptors
    case commandDirectory
    case commandCapabilities
    case commandFilters
    case commandExecute
    case supervise
    case collect

    /// The name that errors show: `mount-root`.
    package var name: String {
        var name = ""
        for character in "\(self)" {
            if character.isUppercase { name += "-" }
            name += character.lowercased()
        }
        return name
    }
}
