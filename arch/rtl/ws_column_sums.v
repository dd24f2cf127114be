// The partial sums of one column between folds of K: a sum is read in the clock in which its element enters the top of the
// column and written at the end of the clock in which it leaves it. `fresh` starts from zero.
module ws_column_sums #(
    parameter W = 24,
    parameter INDEX = 4  // bits of an index
) (
    input  wire                clk,
    input  wire                fresh,
    input  wire        [INDEX-1:0] read_index,
    output wire signed [W-1:0] sum_in,
    input  wire                write,
    input  wire        [INDEX-1:0] write_index,
    input  wire signed [W-1:0] sum
);
  reg signed [W-1:0] memory[0:(1<<INDEX)-1];
  assign sum_in = fresh ? {W{1'b0}} : memory[read_index];
  always @(posedge clk) if (write) memory[write_index] <= sum;
endmodule
