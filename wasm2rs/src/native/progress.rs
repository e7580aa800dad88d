//! Who is told how work goes on.

/// Is told what happens during long work. The command shows it; tests may ignore it.
pub trait Progress {
    /// A step that takes a while begins.
    fn step(&self, what: &str);
    /// What of the step is being done now; of interest only while it lasts.
    fn detail(&self, what: &str);
    /// Something that only who asked for everything wants to know.
    fn verbose(&self, what: &str);
}
