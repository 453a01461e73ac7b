/** Results as plain records, written as JSON and as one self-contained HTML page. */
module dev.swage.report {
  requires transitive dev.swage.core;
  requires dev.swage.files;
  requires com.fasterxml.jackson.annotation;
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires static transitive org.jspecify;

  exports dev.swage.report;
  exports dev.swage.report.html;

  opens dev.swage.report to
      com.fasterxml.jackson.databind;
}
