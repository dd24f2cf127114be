// Shifts 8 bits to the left until the leading one is on top, and counts the places; 0 gives 0 and 7. Combinational.
//   in = 8'h13: out = 8'h98, zeros = 3.
module normalise8 (
    input  wire [7:0] in,
    output wire [7:0] out,
    output wire [2:0] zeros
);
  wire [7:0] by_4 = |in[7:4] ? in : {in[3:0], 4'd0};
  wire [7:0] by_2 = |by_4[7:6] ? by_4 : {by_4[5:0], 2'd0};
  assign out = by_2[7] ? by_2 : {by_2[6:0], 1'b0};
  assign zeros = {!(|in[7:4]), !(|by_4[7:6]), !by_2[7]};
endmodule
