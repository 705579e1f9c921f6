# list_jekyll.rb FOLDER...: write what Jekyll makes of each site's documents, a line of JSON a site: path, url, date.
require "jekyll"
require "json"

Jekyll.logger.log_level = :error
ARGV.each do |folder|
  ENV["TZ"] = "UTC" # a site's own time zone is set for the whole process
  config = Jekyll.configuration("source" => folder, "destination" => File.join(folder, "_site"),
                                "disable_disk_cache" => true, "quiet" => true)
  site = Jekyll::Site.new(config)
  site.reset
  site.read
  documents = site.collections.values.flat_map(&:docs).select(&:write?)
  rows = documents.map do |one|
    { path: one.path.delete_prefix("#{site.source}/"), url: one.url, date: one.date.iso8601 }
  end
  puts JSON.generate(rows)
end
