/** Files that appear whole or not at all. */
module dev.swage.files {
  requires static transitive org.jspecify;

  exports dev.swage.files;
}
