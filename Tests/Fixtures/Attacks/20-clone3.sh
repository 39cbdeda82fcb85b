# clone3
# Its flags are in memory, where a filter cannot look: with it, namespaces could be made in spite of a filter on clone.
attempt plain ENOSYS clone3=ok
