//! Files over HTTP: [`file_server`], [`serve_file`], [`serve_content`], with Go's `net/http` behaviour.
//!
//! Index pages and their redirects, directory listings, media types by extension and then by content, `Last-Modified`,
//! conditional requests, single and several ranges. What is sent of a file of the operating system goes through
//! [`ResponseWriter::send_file`](nethttp_core::ResponseWriter::send_file) at an offset, so that its bytes need not pass
//! through the program; everything else is read and written.
//!
//! The crate never sees a socket, and never writes to a file system.
//!
//! | Go | here |
//! |---|---|
//! | `http.FileServer(http.Dir("x"))` | `file_server(Dir::new("x"))` |
//! | `http.FileServerFS(os.DirFS("x"))` | `file_server_fs(DirFs::new("x"))` |
//! | `http.ServeFile`, `http.ServeFileFS` | [`serve_file`], [`serve_file_fs`] |
//! | `http.ServeContent` | [`serve_content`] |
//! | `http.FileSystem`, `http.File` | [`FileSystem`], [`File`] |
//! | `fs.FS`, `http.FS` | [`Fs`], [`fs`] |
//!
//! ```
//! use nethttp_core::Handler;
//! use nethttp_fs::{Dir, file_server};
//!
//! let handler: Box<dyn Handler> = Box::new(file_server(Dir::new("public")));
//! ```

#![forbid(unsafe_code)]

mod beneath;
mod conditions;
mod content;
mod dir;
mod file_server;
mod file_system;
mod fs_adapter;
mod listing;
mod memory;
mod os_file;
mod precompressed;
mod ranges;
mod refusal;

pub use content::serve_content;
pub use dir::Dir;
pub use file_server::{FileServer, file_server, file_server_fs, serve_file, serve_file_fs};
pub use file_system::{DirEntry, File, FileInfo, FileSystem};
pub use fs_adapter::{DirFs, Fs, FsAdapter, fs};
pub use memory::MemFile;
pub use os_file::OsFile;
