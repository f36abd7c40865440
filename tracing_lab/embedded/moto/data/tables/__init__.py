"""DynamoDB's items: written to files of their own, as data that no replay of calls repeats."""
