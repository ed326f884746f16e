//! Helper member of the milagro workspace.
